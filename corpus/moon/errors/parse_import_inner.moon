{ import "a"; }
