let x = #{ if: 1 };
