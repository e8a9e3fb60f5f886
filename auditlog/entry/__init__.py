"""One entry of the Audit Log as people read it: in a sentence, before and after, now, and what belongs to it.

Everything but the value now is made of what the log keeps, so that it reads the same when user, group and tool are
long gone. What an area's entries mean in words comes from the audit table (``Area.sentence``).
"""
