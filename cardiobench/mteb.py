"""``import cardiobench.mteb`` registers every CardioBench task, and those of plugins, with mteb.

>>> import cardiobench.mteb
>>> import mteb
>>> mteb.get_task("CardioSeparation").metadata.main_score
'separation'
"""

from cardiobench.mteb_bridge import register_tasks

register_tasks()
