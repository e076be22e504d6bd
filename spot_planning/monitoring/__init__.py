"""Planning: alarms, dashboard and budget."""
