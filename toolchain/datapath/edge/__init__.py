"""The services that viewers connect to: Amazon CloudFront, Amazon API Gateway, AWS WAF and Amazon S3."""
