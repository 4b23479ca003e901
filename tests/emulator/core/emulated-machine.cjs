/** Preload module for programs on the build agent: the emulator's clock (SCALED_CLOCK) and the machine's metadata service (LINK_LOCAL). */
"use strict";

require("./scaled-clock.cjs");
require("./link-local.cjs");
