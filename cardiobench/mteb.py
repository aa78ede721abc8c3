"""``import cardiobench.mteb`` makes every CardioBench task, suite and model known to mteb.

>>> import cardiobench.mteb
>>> import mteb
>>> mteb.get_task("CardioSeparation").metadata.main_score
'auroc'
>>> len(mteb.get_benchmark("Cardio(eng, v1)").tasks)
9

:func:`register` takes folders whose adapted models become known too.
"""

from cardiobench.evaluation.mteb_bridge import register

__all__ = ["register"]

register()
