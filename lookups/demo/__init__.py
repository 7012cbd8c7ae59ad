"""The sample world: invented people, carriers and stories, and the page that shows them (only with PORTAL_DEMO).

The one room that knows all others, since it fills them. Nothing imports it.
"""
