"""The demo's students, its two serving districts, and what these sent night by night.

``home/`` is the home district's own bundle. A folder of a serving district is named after its night: with a
manifest it is a bundle of its own, without one its files are laid over the night before. Where a night has no
folder, ``quiet/`` was sent, or else the bundle of the night before once more.
"""
