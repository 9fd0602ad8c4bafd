import stringWidth from 'string-width'

/**
 * How many columns the text takes, by the very measure that ink cuts a line by: by any other one it would cut off the end
 * of what was counted as shown whole (AP10).
 */
export const width = (text: string): number => stringWidth(text)
