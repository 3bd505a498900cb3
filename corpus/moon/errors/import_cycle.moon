import "import_cycle";
