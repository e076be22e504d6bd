"""Components: alarms, dashboard and budget."""
