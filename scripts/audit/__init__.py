"""What Charley is made of, and what is known against it: bills of materials, and the record of vulnerabilities."""
