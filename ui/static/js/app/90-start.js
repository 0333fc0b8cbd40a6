// What every page does where scripts run. Pages are complete without it.

theme();
arrival();
ages();
copying();
follow();
