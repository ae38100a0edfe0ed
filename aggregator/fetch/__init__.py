"""Every request that the service makes. pycurl lives here and nowhere else."""
