"""How far a similarity may be off when the same model runs elsewhere."""

from cardiobench.plugins.architecture import Precision

# By how much a similarity may differ when the same model runs on other hardware or in other
# batches. Cosines of unit vectors: half precision keeps 11 bits of a number, bfloat16 keeps 8.
TOLERANCES = {
    Precision.FLOAT32: 1e-4,
    Precision.FLOAT16: 5e-3,
    Precision.BFLOAT16: 2e-2,
    Precision.INT8: 2e-2,
    Precision.INT4: 2e-2,
}
