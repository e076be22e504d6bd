"""What viewers reach: Amazon CloudFront, Amazon API Gateway, AWS WAF and Amazon S3."""
