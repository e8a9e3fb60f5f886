"""Bringing in the home district's own schools, calendars and students from its OneRoster bundle.

The steps, one file each: ``run`` (the whole of it), ``schools`` and ``calendars`` (whom the bundle's orgs and school
years stand for), ``roll`` (the students that the bundle lists), ``plan`` (what differs from the students here),
``brake`` (whether it is too much), ``apply`` (one transaction), ``report``.
"""
