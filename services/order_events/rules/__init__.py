"""One small pure rule per kind of notification, in files named after their area.

Adding a kind is adding a rule to the `RULES` of its area's file; a new file's `RULES` are added to
`table`. (The table is not here: what rules are made of could not be imported without all of them.)
"""
