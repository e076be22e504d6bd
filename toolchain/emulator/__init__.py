"""AWS on this machine: moto's server with the gaps closed that the real provider plugin falls into."""
