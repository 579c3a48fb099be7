"""The parts of compare_em.py: EM in gaussmix and in other libraries, from the same start."""
