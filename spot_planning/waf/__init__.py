"""Planning: web ACLs of AWS WAF."""
