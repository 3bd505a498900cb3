struct Int { y: Int }
