"""What makes the ticks: one file each."""
