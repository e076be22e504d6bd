"""The pack as Pulumi's engine sees it: the analyzer server and one run of the rules."""
