// Found by the search for device headers; the emulator has no types of half precision.
