import { useStdout } from 'ink'
import { useEffect, useState } from 'react'

const FALLBACK = { rows: 24, columns: 80 }

/** The terminal's size, as it changes. */
export function useSize(): { rows: number; columns: number } {
  const { stdout } = useStdout()
  const read = () => ({
    rows: stdout.rows || FALLBACK.rows,
    columns: stdout.columns || FALLBACK.columns,
  })
  const [size, setSize] = useState(read)
  // biome-ignore lint/correctness/useExhaustiveDependencies: `read` closes over stdout alone
  useEffect(() => {
    const resized = () => setSize(read())
    stdout.on('resize', resized)
    return () => void stdout.off('resize', resized)
  }, [stdout])
  return size
}
