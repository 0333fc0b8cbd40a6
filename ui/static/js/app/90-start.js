// What every page does where scripts run. Pages are complete without it.

theme();
zone();
arrival();
menus();
ages();
copying();
finding();
keys();
unfolding();
folding();
pausing();
namingNodes();
starring();
follow();
