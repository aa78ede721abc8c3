"""``python -m cardiobench``, as ``torchrun -m cardiobench`` wants it."""

from cardiobench.cli.main import main

if __name__ == "__main__":
    main()
