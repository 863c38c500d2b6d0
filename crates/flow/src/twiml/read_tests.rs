//! Reading TwiML: what every verb says, and how faults are told.

use proptest::prelude::*;

use super::*;
use crate::twiml::{Method, Party, Repeat, Who};

fn good(verbs: &str) -> Vec<Kind> {
    let read = read(&format!("<?xml version=\"1.0\"?>\n<Response>{verbs}</Response>"));
    assert_eq!(read.faults, Vec::new(), "{verbs}");
    read.verbs.into_iter().map(|verb| verb.kind).collect()
}

fn told(text: &str) -> Vec<String> {
    read(text).faults.iter().map(ToString::to_string).collect()
}

#[test]
fn things_heard_have_their_attributes() {
    let verbs = good(
        "<Say voice='man' language='en' loop='2'>  Good\n   morning &amp; welcome </Say>
         <Play loop='0' terminators='1#'>http://a.example/x.wav?a=1&amp;b=2</Play><Pause length='3'/><Pause/>",
    );
    let text = "Good morning & welcome".to_owned();
    let say = What::Say { text, voice: "male".into(), language: "en-us".into(), engine: String::new() };
    let play = What::Play { media: "http://a.example/x.wav?a=1&b=2".into() };
    let pause = |seconds| {
        let what = What::Pause { length: Duration::from_secs(seconds) };
        Kind::Sound(Sound { what, repeat: Repeat::Times(1), terminators: Some(String::new()) })
    };
    assert_eq!(
        verbs,
        [
            Kind::Sound(Sound { what: say, repeat: Repeat::Times(2), terminators: None }),
            Kind::Sound(Sound { what: play, repeat: Repeat::Endless, terminators: Some("1#".into()) }),
            pause(3),
            pause(1),
        ]
    );
}

#[test]
fn digits_are_gathered_as_told() {
    let verbs = good(
        "<Gather timeout='7' finishOnKey='*' numDigits='4' action='/digits?x=1' method='get'>
           <Say>Enter</Say><Pause/></Gather><Gather finishOnKey=''/>",
    );
    let [Kind::Gather(full), Kind::Gather(plain)] = &verbs[..] else { panic!("{verbs:?}") };
    assert_eq!((full.sounds.len(), full.timeout.as_secs(), full.digits), (2, 7, Some(4)));
    assert_eq!(full.finish_on, "*");
    assert_eq!(full.next, Next { url: Some("/digits?x=1".into()), method: Method::Get });
    assert_eq!((plain.timeout.as_secs(), plain.finish_on.as_str(), plain.digits), (5, "", None));
    assert_eq!(plain.next, Next::default());
}

#[test]
fn recordings_have_their_defaults() {
    let verbs = good(
        "<Record/><Record timeout='2' maxLength='30' finishOnKey='#' playBeep='false' recordingUrl='http://a/'/>",
    );
    let [Kind::Record(plain), Kind::Record(full)] = &verbs[..] else { panic!("{verbs:?}") };
    assert_eq!((plain.silence.as_secs(), plain.limit.as_secs(), plain.beep), (5, 3_600, true));
    assert_eq!(plain.finish_on, "1234567890*#");
    assert_eq!((full.silence.as_secs(), full.limit.as_secs(), full.beep), (2, 30, false));
    assert_eq!((full.finish_on.as_str(), full.send_to.as_deref()), ("#", Some("http://a/")));
}

#[test]
fn parties_are_called_by_text_or_by_element() {
    let verbs = good(
        "<Dial>+1 (555) 123-4567</Dial>
         <Dial timeout='9' timeLimit='60' callerId='+15550001111' hangupOnStar='true' record='true' strategy='single'
            action='/done' continueOnFail='false'>
           <Number statusCallback='/told' statusCallbackEvent='initiated answered completed'>100</Number><User>alice</User>
           <Device>front-desk</Device><Sip>sip:bob@example.com</Sip></Dial>
         <Dial><Conference muted='true' endConferenceOnExit='true' maxParticipants='5'>Room</Conference></Dial>",
    );
    let [Kind::Dial(plain), Kind::Dial(full), Kind::Dial(room)] = &verbs[..] else { panic!("{verbs:?}") };
    assert_eq!(plain.parties, [Party { who: Who::Number("+1 (555) 123-4567".into()), status: None }]);
    assert_eq!((plain.timeout, plain.time_limit.as_secs(), &plain.next), (None, 14_400, &None));
    assert!(plain.continue_on_fail && !plain.record && !plain.one_by_one && plain.hang_up_on.is_empty());
    assert_eq!(full.timeout, Some(Duration::from_secs(9)));
    assert_eq!((full.hang_up_on.as_str(), full.time_limit.as_secs()), ("*", 60));
    assert!(full.record && full.one_by_one && !full.continue_on_fail);
    let who: Vec<&Who> = full.parties.iter().map(|party| &party.who).collect();
    assert_eq!(
        who,
        [
            &Who::Number("100".into()),
            &Who::User("alice".into()),
            &Who::Device("front-desk".into()),
            &Who::Sip("sip:bob@example.com".into()),
        ]
    );
    assert!(
        full.parties[0]
            .status
            .as_ref()
            .is_some_and(|status| status.initiated && status.answered && status.completed)
    );
    let Who::Conference(room) = &room.parties[0].who else { panic!("{room:?}") };
    assert!(room.muted && room.end_on_exit && room.start_on_enter && room.beep && !room.deaf);
    assert_eq!(room.max_participants, 5);
}

#[test]
fn the_rest_is_short() {
    let verbs = good(
        "<Set><Variable key='a' value='1'/><Variable key='b'/></Set><Reject reason='busy' prompt='closed'/><Reject/>
         <Hangup/><Redirect method='GET'> next.xml <Variable key='step' value='2'/></Redirect>",
    );
    let variables = vec![("a".to_owned(), "1".to_owned()), ("b".to_owned(), String::new())];
    let to = Next { url: Some("next.xml".into()), method: Method::Get };
    assert_eq!(
        verbs,
        [
            Kind::Set(variables),
            Kind::Reject { busy: true, prompt: Some("closed".into()) },
            Kind::Reject { busy: false, prompt: None },
            Kind::Hangup,
            Kind::Redirect { to, variables: vec![("step".into(), "2".into())] },
        ]
    );
    assert_eq!(good(""), []);
}

#[test]
fn an_unknown_verb_ends_the_document_at_its_place() {
    let read = read("<Response>\n  <Say>Hello</Say>\n  <Sms>Hi</Sms>\n  <Hangup/>\n</Response>");
    assert_eq!(read.verbs.len(), 1);
    assert_eq!(
        read.error().map(ToString::to_string).as_deref(),
        Some("line 3, column 3: <Sms>: there is no such verb")
    );
}

#[test]
fn faults_say_where_and_what() {
    for (text, expected) in [
        ("", "line 1, column 1: this is no XML that can be read: the document does not have a root node"),
        ("<Response><Say>", "this is no XML that can be read: "),
        ("<Answer/>", "line 1, column 1: <Answer>: the document must be a <Response>"),
        (
            "<!DOCTYPE r [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><Response>&e;</Response>",
            "a document type is not allowed",
        ),
        ("<Response><Dial/></Response>", "line 1, column 11: <Dial>: it names nobody to call"),
        ("<Response><Dial><Queue>q</Queue></Dial></Response>", "<Queue>: queues cannot be called"),
        (
            "<Response><Gather><Dial>1</Dial></Gather></Response>",
            "<Dial>: only Say, Play and Pause can stand in a Gather",
        ),
        ("<Response><Play> </Play></Response>", "<Play>: it is empty"),
        ("<Response><Set><Var/></Set></Response>", "<Var>: only Variable can stand here"),
    ] {
        let told = told(text);
        assert_eq!(told.len(), 1, "{text}: {told:?}");
        assert!(told[0].contains(expected), "{text}: {told:?}");
        assert!(read(text).verbs.is_empty(), "{text}");
    }
}

#[test]
fn odd_attributes_are_warned_about_and_the_default_counts() {
    let read = read(
        "<Response>hm<Gather timeout='soon' numDigits='0' finishOnKey='x' speed='2' input='speech'/>
         <Dial><User statusCallback='/a' statusCallbackEvent='ringing'>a</User></Dial><Say loop='-1' language='xx_YY' voice='Polly.Joanna'>A <b>bold</b> word</Say><Reject reason='why'/></Response>",
    );
    assert!(read.error().is_none());
    let [Kind::Gather(gather), Kind::Dial(_), Kind::Sound(say), Kind::Reject { busy: false, .. }] =
        &read.verbs.iter().map(|verb| verb.kind.clone()).collect::<Vec<_>>()[..]
    else {
        panic!("{:?}", read.verbs)
    };
    assert_eq!((gather.timeout.as_secs(), gather.digits, gather.finish_on.as_str()), (5, Some(1), ""));
    let What::Say { text, voice, language, .. } = &say.what else { panic!("{say:?}") };
    assert_eq!((text.as_str(), voice.as_str(), language.as_str()), ("A bold word", "Polly.Joanna", "xx-yy"));
    let about: Vec<String> = read.faults.iter().map(|fault| fault.message.clone()).collect();
    for part in [
        "between",
        "timeout",
        "numDigits",
        "finishOnKey",
        "speed",
        "input",
        "loop",
        "elements",
        "reason",
        "statusCallbackEvent",
    ] {
        assert_eq!(about.iter().filter(|message| message.contains(part)).count(), 1, "{part}: {about:?}");
    }
}

#[test]
fn everything_is_bounded() {
    let many = |part: &str, count: usize| format!("<Response>{}</Response>", part.repeat(count));
    let verbs = read(&many("<Hangup/>", VERBS_MAX + 1));
    assert_eq!(verbs.verbs.len(), VERBS_MAX);
    assert!(verbs.error().is_some_and(|fault| fault.message.contains("more than 1000 verbs")));
    let long = format!("<Response><Say>{}</Say></Response>", "word ".repeat(2_000));
    let Kind::Sound(Sound { what: What::Say { text, .. }, .. }) = &read(&long).verbs[0].kind else {
        panic!()
    };
    assert_eq!(text.chars().count(), TEXT_MAX_CHARS);
    assert!(told(&many("<Say>x</Say>", 10_000))[0].contains("longer than 65536 bytes"));
    let attributes: String = (0..5_000).map(|number| format!("a{number}='' ")).collect();
    assert!(
        told(&format!("<Response><Say {attributes}/></Response>"))[0].contains("more than 100 attributes")
    );
    let deep = format!("<Response>{}{}</Response>", "<Say>".repeat(4_000), "</Say>".repeat(4_000));
    assert!(told(&deep)[0].contains("elements within each other"));
    let odd = many("<Say zz='1'>x</Say>", 200);
    assert_eq!(read(&odd).faults.len(), FAULTS_MAX);
}

/// Pieces that make up documents, good and bad.
const PIECES: [&str; 24] = [
    "<Response>",
    "</Response>",
    "<Say>",
    "</Say>",
    "<Gather numDigits='1'>",
    "</Gather>",
    "<Dial>",
    "</Dial>",
    "<Number>",
    "</Number>",
    "<Conference beep='x'>",
    "</Conference>",
    "<Redirect>",
    "</Redirect>",
    "<Set>",
    "</Set>",
    "<Variable key='a' value='b'/>",
    "<Pause length='99999999999'/>",
    "<Hangup/>",
    "text &amp; ",
    "&bad;",
    "<![CDATA[x]]>",
    "<!-- c -->",
    "\u{feff}\u{0}\u{1f600}",
];

proptest! {
    #[test]
    fn nothing_that_comes_can_break_the_reader(text in "\\PC{0,300}") {
        let read = read(&text);
        prop_assert!(read.faults.len() <= FAULTS_MAX + 1);
    }

    #[test]
    fn pieces_of_documents_in_any_order_are_read_or_told(choices in proptest::collection::vec(0..PIECES.len(), 0..40)) {
        let inner: String = choices.iter().map(|choice| PIECES[*choice]).collect();
        for text in [inner.clone(), format!("<Response>{inner}</Response>")] {
            let read = read(&text);
            prop_assert!(read.verbs.len() <= VERBS_MAX && read.faults.len() <= FAULTS_MAX + 1);
            // Nothing is done behind an error, and an error is the last fault.
            prop_assert!(read.faults.iter().rev().skip(1).all(|fault| !fault.is_error()));
            for fault in &read.faults {
                let line = text.split('\n').nth(fault.place.line as usize - 1);
                prop_assert!(line.is_some_and(|line| fault.place.column as usize <= line.chars().count() + 1), "{fault}");
            }
        }
    }
}
