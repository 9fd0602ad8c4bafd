import { Text, type TextProps } from 'ink'
import { createContext, useContext } from 'react'

/** Whether colours may be used; what they say is always said in words too. */
export const ColorContext = createContext(true)

/** Text in one line, cut where the terminal ends. */
export function Tone({ color, ...props }: TextProps) {
  const colors = useContext(ColorContext)
  return <Text wrap="truncate" {...props} {...(colors && color ? { color } : {})} />
}
