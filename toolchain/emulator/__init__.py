"""AWS on this machine: moto's server, patched where the real provider plugin needs more than moto has."""
