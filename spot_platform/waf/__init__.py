"""Components: web ACLs of AWS WAF."""
