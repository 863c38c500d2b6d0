//! Text messages: posted to the operator's gateway (`[sms]`).
//!
//! The gateway's address is the operator's own, so it may be private. Not here: trying again (`notify::Outbox`).

use std::time::Duration;

use notify::Problem;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Client, StatusCode, Url, redirect};
use serde_json::{Map, Value};
use tokio::runtime::Handle;

use crate::config::{Sms, SmsFormat};
use crate::disk;
use crate::fault::{Exit, Fault};

/// Time the gateway has.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A way to the gateway.
pub(crate) struct Gateway {
    client: Client,
    url: Url,
    settings: Sms,
    authorization: Option<HeaderValue>,
    runtime: Handle,
}

impl Gateway {
    /// A way with these settings; `None` when there is no gateway.
    pub(crate) fn new(settings: &Sms, runtime: Handle) -> Result<Option<Gateway>, Fault> {
        if settings.url.is_empty() {
            return Ok(None);
        }
        let wrong = |what: String| Fault::new(Exit::Config, what);
        let url = Url::parse(&settings.url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let url = url.ok_or_else(|| wrong(format!("sms.url: `{}` is no http(s) address", settings.url)))?;
        let authorization = match settings.authorization_file.as_os_str().is_empty() {
            true => None,
            false => {
                let text = disk::text(&settings.authorization_file)?;
                let mut value = HeaderValue::from_str(text.trim())
                    .map_err(|_| wrong("sms.authorization_file: not one line of text".to_owned()))?;
                value.set_sensitive(true);
                Some(value)
            }
        };
        let client = Client::builder()
            .user_agent(concat!("Strowger/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .timeout(TIMEOUT)
            .build()
            .map_err(|error| Fault::new(Exit::Unavailable, format!("HTTP client: {error}")))?;
        Ok(Some(Gateway { client, url, settings: settings.clone(), authorization, runtime }))
    }

    /// Sends a text. Blocks; not for the runtime's own threads.
    pub(crate) fn send(&self, to: &str, text: &str) -> Result<(), Problem> {
        let (content_type, body) = self.body(to, text);
        let mut request = self.client.post(self.url.clone()).header(CONTENT_TYPE, content_type).body(body);
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization.clone());
        }
        // Its clock belongs to the runtime too, so it is begun inside.
        match self.runtime.block_on(async { request.send().await }) {
            Ok(reply) => judge(reply.status()),
            Err(error) if error.is_timeout() => {
                Err(Problem::Down("the gateway does not answer in time".to_owned()))
            }
            Err(_) => Err(Problem::Down("the gateway cannot be reached".to_owned())),
        }
    }

    fn body(&self, to: &str, text: &str) -> (&'static str, String) {
        let settings = &self.settings;
        let all = [
            (&settings.to_member, to),
            (&settings.from_member, settings.from.as_str()),
            (&settings.text_member, text),
        ];
        let members = all.into_iter().filter(|(_, value)| !value.is_empty());
        match settings.format {
            SmsFormat::Json => {
                let members: Map<String, Value> =
                    members.map(|(name, value)| (name.clone(), Value::String(value.to_owned()))).collect();
                ("application/json", Value::Object(members).to_string())
            }
            SmsFormat::Form => {
                let form =
                    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(members).finish();
                ("application/x-www-form-urlencoded", form)
            }
        }
    }
}

fn judge(status: StatusCode) -> Result<(), Problem> {
    let told = format!("the gateway says {}", status.as_u16());
    match status.as_u16() {
        200..=299 => Ok(()),
        // Whoever configured the gateway has to mend these; the text waits.
        300..=399 | 401 | 403 | 404 | 405 | 407 => Err(Problem::Down(told)),
        408 | 429 | 500.. => Err(Problem::Later(told)),
        _ => Err(Problem::Refused(told)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_say_whether_it_is_tried_again() {
        let of = |status: u16| judge(StatusCode::from_u16(status).unwrap());
        assert_eq!(of(202), Ok(()));
        assert!(matches!(of(401), Err(Problem::Down(_))));
        assert!(matches!(of(503), Err(Problem::Later(_))));
        assert!(matches!(of(422), Err(Problem::Refused(_))));
    }

    #[test]
    fn members_have_the_gateways_names() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut settings = Sms { url: "http://192.0.2.1/send".to_owned(), ..Sms::default() };
        settings.to_member = "msisdn".to_owned();
        let gateway = |settings: &Sms| Gateway::new(settings, runtime.handle().clone()).unwrap().unwrap();
        let (_, json) = gateway(&settings).body("+1", "a \"b\"");
        assert_eq!(json, r#"{"msisdn":"+1","text":"a \"b\""}"#);
        settings.format = SmsFormat::Form;
        settings.from = "PBX".to_owned();
        assert_eq!(gateway(&settings).body("+1", "a b").1, "msisdn=%2B1&from=PBX&text=a+b");
        assert!(Gateway::new(&Sms::default(), runtime.handle().clone()).unwrap().is_none());
        let wrong = Sms { url: "gateway.test".to_owned(), ..Sms::default() };
        assert!(Gateway::new(&wrong, runtime.handle().clone()).is_err());
    }
}
