let o = #[1];
