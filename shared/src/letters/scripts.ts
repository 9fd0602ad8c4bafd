/** Unicode's scripts by the names that regular expressions have for them, the frequent ones first. */
const NAMES =
  'Latin Cyrillic Greek Han Hiragana Katakana Hangul Bopomofo Arabic Hebrew Devanagari Bengali Thai Armenian Georgian Cherokee Adlam Ahom Anatolian_Hieroglyphs Avestan Balinese Bamum Bassa_Vah Batak Bhaiksuki Brahmi Braille Buginese Buhid Canadian_Aboriginal Carian Caucasian_Albanian Chakma Cham Chorasmian Coptic Cuneiform Cypriot Cypro_Minoan Deseret Dives_Akuru Dogra Duployan Egyptian_Hieroglyphs Elbasan Elymaic Ethiopic Glagolitic Gothic Grantha Gujarati Gunjala_Gondi Gurmukhi Hanifi_Rohingya Hanunoo Hatran Imperial_Aramaic Inscriptional_Pahlavi Inscriptional_Parthian Javanese Kaithi Kannada Kawi Kayah_Li Kharoshthi Khitan_Small_Script Khmer Khojki Khudawadi Lao Lepcha Limbu Linear_A Linear_B Lisu Lycian Lydian Mahajani Makasar Malayalam Mandaic Manichaean Marchen Masaram_Gondi Medefaidrin Meetei_Mayek Mende_Kikakui Meroitic_Cursive Meroitic_Hieroglyphs Miao Modi Mongolian Mro Multani Myanmar Nabataean Nag_Mundari Nandinagari New_Tai_Lue Newa Nko Nushu Nyiakeng_Puachue_Hmong Ogham Ol_Chiki Old_Hungarian Old_Italic Old_North_Arabian Old_Permic Old_Persian Old_Sogdian Old_South_Arabian Old_Turkic Old_Uyghur Oriya Osage Osmanya Pahawh_Hmong Palmyrene Pau_Cin_Hau Phags_Pa Phoenician Psalter_Pahlavi Rejang Runic Samaritan Saurashtra Sharada Shavian Siddham SignWriting Sinhala Sogdian Sora_Sompeng Soyombo Sundanese Syloti_Nagri Syriac Tagalog Tagbanwa Tai_Le Tai_Tham Tai_Viet Takri Tamil Tangsa Tangut Telugu Thaana Tibetan Tifinagh Tirhuta Toto Ugaritic Vai Vithkuqi Wancho Warang_Citi Yezidi Yi Zanabazar_Square'

/** A letter of a script that came into Unicode after this list. */
const OTHER: readonly string[] = ['a script without a name here']
const NONE: readonly string[] = []
const LATIN: readonly string[] = ['Latin']

let classes: readonly (readonly [string, RegExp])[] | undefined

/** Made when the first letter beyond ASCII comes. A browser that does not know a script has no letters of it either. */
const all = () => {
  classes ??= NAMES.split(' ').flatMap((name) => {
    try {
      return [[name.replaceAll('_', ' '), new RegExp(`\\p{Script_Extensions=${name}}`, 'u')] as const]
    } catch {
      return []
    }
  })
  return classes
}

const known = new Map<string, readonly string[]>()

/**
 * The scripts that this character is used in (Script_Extensions, UAX 24), its own first; none for digits, signs, and
 * marks that go with letters of any script.
 */
export function scriptsOf(character: string): readonly string[] {
  if (character <= '\u007F') return /[A-Za-z]/.test(character) ? LATIN : NONE
  const before = known.get(character)
  if (before) return before
  const found = all().flatMap(([name, letters]) => (letters.test(character) ? [name] : []))
  const isOfNone =
    !/[\p{L}\p{M}]/u.test(character) || /[\p{Script=Common}\p{Script=Inherited}]/u.test(character)
  const scripts = found.length > 0 ? found : isOfNone ? NONE : OTHER
  known.set(character, scripts)
  return scripts
}
