struct Int { x: Int }
