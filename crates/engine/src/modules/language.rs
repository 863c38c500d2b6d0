//! `language`: sets the language of prompts and speech from here on (reference section 3.1).

use flow::graph::Object;
use serde::Deserialize;
use serde_json::Value;

use crate::cx::Cx;
use crate::lenient;
use crate::module::{Exit, Module, ModuleError, Next, Outcome, read_data};

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "language",
    summary: "Sets the language of prompts.",
    example: r#"{"module": "language", "data": {"language": "fr-ca"}, "children": {"_": {"module": "menu", "data": {"id": "main-menu"}}}}"#,
    exits: &[Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |data| match data.get("language").and_then(lenient::as_text) {
        Some(language) => format!("Speak {language}"),
        None => "Set the language".to_owned(),
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// `en` or `en-us`.
    #[serde(deserialize_with = "lenient::text")]
    language: Option<String>,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    let language = data.language.unwrap_or_default().to_ascii_lowercase();
    let part = |part: &str| part.len() == 2 && part.bytes().all(|letter| letter.is_ascii_lowercase());
    let is_tag = match language.split_once('-') {
        Some((language, region)) => part(language) && part(region),
        None => part(&language),
    };
    if !is_tag {
        return Err(ModuleError::Broken(format!("`{language}` is no language like `en` or `en-us`")));
    }
    cx.vars(|vars| {
        vars.channel.insert("default_language".to_owned(), Value::String(language.clone()));
        vars.language = language;
    });
    Ok(Next::default_exit())
}
