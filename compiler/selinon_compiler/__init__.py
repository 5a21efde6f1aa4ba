"""The Selinon compiler: from YAML files to a versioned Python package."""
