/** Slack shows at most 3,000 characters of one text. */
const LONGEST = 2_900

/**
 * Whether a chat message can show every byte of this text as itself. What it would cut, hide, reorder or turn into
 * something else must not be released from there: letters that look like others, bidirectional and invisible
 * characters, spaces that run together, and `&`, `<` and `>`, which Slack reads as markup.
 */
export const isShownPlainly = (text: string): boolean =>
  text.length <= LONGEST && /^[ !-%'-;=?-~]*$/.test(text) && !text.includes('  ')
