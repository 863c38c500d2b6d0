//! Renders `prompts/<language>.json` to `prompts/<language>.prompts` with the local speech engine: the audio that ships with
//! the program. Run from the workspace's folder after changing a text:
//! `cargo run -p telephony --example render-prompts`.

use std::collections::BTreeMap;
use std::error::Error;

use telephony::media::archive;
use telephony::media::clip::Clip;
use telephony::media::g711::Codec;
use telephony::media::speech::{Speech, SpeechConfig, SpeechRequest};

/// Root mean square of the sounding part of every prompt: about -19 dBm0, the usual level of speech.
const LEVEL: f32 = 2_500.0;
/// Nothing is louder than this.
const PEAK: f32 = 26_000.0;
/// Samples kept before and after the sound: 10 ms and 40 ms.
const BEFORE: usize = 80;
const AFTER: usize = 320;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let speech = Speech::detect(SpeechConfig::default());
    let language = "en-us";
    let texts: BTreeMap<String, String> =
        serde_json::from_str(&std::fs::read_to_string(format!("prompts/{language}.json"))?)?;
    let mut entries = Vec::new();
    for (name, text) in texts {
        let request =
            SpeechRequest { text, voice: "female".into(), language: language.into(), engine: "flite".into() };
        let clip = speech.clip(&request).await?;
        let finished = Clip::from_pcm(&levelled(&clip.pcm()));
        entries.push((name, finished.encoded(Codec::Pcmu).to_vec()));
    }
    std::fs::write(format!("prompts/{language}.prompts"), archive::write(&entries))?;
    Ok(())
}

/// Cuts silence off both ends and brings the rest to the common level.
fn levelled(samples: &[i16]) -> Vec<i16> {
    let peak = samples.iter().map(|sample| sample.unsigned_abs()).max().unwrap_or(1).max(1);
    let sounds = |sample: &i16| sample.unsigned_abs() > peak / 50;
    let first = samples.iter().position(sounds).unwrap_or(0).saturating_sub(BEFORE);
    let last = (samples.iter().rposition(sounds).unwrap_or(0) + AFTER).min(samples.len());
    let samples = &samples[first..last];
    let sounding: Vec<f32> = samples
        .iter()
        .filter(|sample| sample.unsigned_abs() > peak / 20)
        .map(|sample| f32::from(*sample))
        .collect();
    let power = sounding.iter().map(|sample| sample * sample).sum::<f32>() / sounding.len().max(1) as f32;
    let gain = (LEVEL / power.sqrt().max(1.0)).min(PEAK / f32::from(peak));
    samples.iter().map(|sample| (f32::from(*sample) * gain) as i16).collect()
}
