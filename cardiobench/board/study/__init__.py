"""What the study (arXiv:2511.19739) reports of its ten models, on data of its own, as facts."""
