//! The one table of built-in phrases: how each is written, how many operands
//! it has, and the native function that computes it.

/// The table of phrases, in the order in which the reference matches them (section 2.7): variant, operands, native
/// function, and the spellings. In a spelling `…` stands for an operand; letters are matched without regard to case.
macro_rules! phrases {
    ($($(#[$doc:meta])* $variant:ident $operands:literal $native:literal [$($form:literal),+];)*) => {
        /// A built-in phrase.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Phrase {
            $($(#[$doc])* #[doc = concat!("`", $native, "`")] $variant,)*
        }

        impl Phrase {
            /// All phrases in matching order.
            pub const ALL: &'static [Phrase] = &[$(Phrase::$variant),*];

            /// How many operands it has.
            #[must_use]
            pub fn operands(self) -> usize {
                match self { $(Phrase::$variant => $operands,)* }
            }

            /// The native function. It takes the operands in the order of the text, except those that change a
            /// collection: `append … to`, `insert … at … in`, `remove … from`, `push … to json` and
            /// `set … in json … to` take the collection first, then the others in the order of the text, so that it
            /// can be updated in place.
            #[must_use]
            pub fn native(self) -> &'static str {
                match self { $(Phrase::$variant => concat!("pohlang.", $native),)* }
            }

            /// Its spellings, in matching order; `…` stands for an operand.
            #[must_use]
            pub const fn forms(self) -> &'static [&'static str] {
                match self { $(Phrase::$variant => &[$($form),+],)* }
            }
        }
    };
}

phrases! {
    CountOf 1 "count_of" ["count of …", "size of …"];
    TotalOf 1 "total_of" ["total of …"];
    SmallestIn 1 "smallest_in" ["smallest in …"];
    LargestIn 1 "largest_in" ["largest in …"];
    Absolute 1 "absolute" ["absolute value of …"];
    RoundDown 1 "round_down" ["round down …"];
    RoundUp 1 "round_up" ["round up …"];
    Round 1 "round" ["round …"];
    Uppercase 1 "make_uppercase" ["make uppercase …"];
    Lowercase 1 "make_lowercase" ["make lowercase …"];
    Trim 1 "trim_spaces" ["trim spaces from …", "clean spaces from …"];
    FirstIn 1 "first_in" ["first in …"];
    LastIn 1 "last_in" ["last in …"];
    ReverseOf 1 "reverse_of" ["reverse of …", "reverse …"];
    JoinWith 2 "join_with" ["join … with …"];
    SplitBy 2 "split_by" ["split … by …", "separate … by …"];
    ContainsIn 2 "contains_in" ["contains … in …"];
    RemoveFrom 2 "remove_from" ["remove … from …"];
    AppendTo 2 "append_to" ["append … to …"];
    InsertAt 3 "insert_at" ["insert … at … in …"];
    ReadFile 1 "read_file" ["read file at …"];
    ReadLines 1 "read_lines" ["read lines from file at …", "read lines from …"];
    FileExists 1 "file_exists" ["file exists at …"];
    DeleteFile 1 "delete_file" ["delete file at …"];
    CreateDirectory 1 "create_directory" ["create directory at …"];
    ListFiles 1 "list_files" ["list files in directory at …", "list files in …"];
    WriteFile 2 "write_file" ["write … into file at …"];
    AppendFile 2 "append_file" ["append … into file at …"];
    CopyFile 2 "copy_file" ["copy file from … to …"];
    MoveFile 2 "move_file" ["move file from … to …"];
    ParseJson 1 "parse_json" ["parse json from …"];
    ToJson 1 "to_json" ["convert to json …"];
    ToPrettyJson 1 "to_pretty_json" ["convert to pretty json …"];
    JsonLength 1 "json_length" ["json length of …"];
    NewObject 0 "new_object" ["new json object"];
    NewArray 0 "new_array" ["new json array"];
    GetJson 2 "get_json" ["get … from json …"];
    SetJson 3 "set_json" ["set … in json … to …"];
    PushJson 2 "push_json" ["push … to json …"];
    ErrorMessage 1 "error_message" ["error message of …"];
    ErrorType 1 "error_type" ["error type of …"];
    CreateServer 1 "create_server" ["create web server on port …"];
    HtmlResponse 1 "html_response" ["html response with …"];
    JsonStatusResponse 2 "json_status_response" ["json response with … and status …"];
    JsonResponse 1 "json_response" ["json response with …"];
    RenderTemplate 2 "render_template" ["render template … with …"];
    PathParameter 1 "path_parameter" ["get path parameter …"];
    ErrorResponse 2 "error_response" ["error response with status … and message …"];
}
