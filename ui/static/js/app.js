// What every page does where scripts run. Pages are complete without it.
import { follow } from "./live.js";
import { ages } from "./ages.js";
import { copying } from "./copy.js";
import { arrival, theme } from "./shell.js";

theme();
arrival();
ages();
copying();
follow();
