let x = #[1];
