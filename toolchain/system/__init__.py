"""What runs use of this machine: processes, signals, locks, files and the terminal."""
