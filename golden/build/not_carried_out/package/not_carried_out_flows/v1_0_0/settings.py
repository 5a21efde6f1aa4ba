"""What holds for all flows and tasks."""

from selinon.abi import SettingsSpec

SETTINGS = SettingsSpec()
