"""The portal's pages: the frame they share with those of the register, with the portal's own templates, files and words."""

from pathlib import Path

from services.portal.words import PAGE
from shared.pages import Frame

frame = Frame(Path(__file__).parent, "/static", PAGE)
