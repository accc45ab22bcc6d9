"""What may be shown of groups: no group so small that it points at a person, and none that can be worked out from the rest."""
