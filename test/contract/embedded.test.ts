import { openEmbedded } from './embedded-harness.ts'
import { storeContract } from './store-contract.ts'

storeContract('embedded', openEmbedded)
