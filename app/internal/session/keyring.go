package session

import (
	"errors"
	"fmt"
	"time"

	"github.com/zalando/go-keyring"
)

const (
	keyringService = "schulhof"
	keyringProbe   = "probe"
	keyringWait    = 3 * time.Second
)

// KeyringWorks tells whether the system keeps secrets for us. A keyring that is
// locked may ask the user first; one that does not answer soon counts as none.
func KeyringWorks() bool {
	answer := make(chan error, 1)
	go func() {
		_, err := keyring.Get(keyringService, keyringProbe)
		answer <- err
	}()
	select {
	case err := <-answer:
		return err == nil || errors.Is(err, keyring.ErrNotFound)
	case <-time.After(keyringWait):
		return false
	}
}

// SaveToken keeps an account's token in the keyring.
func SaveToken(account, token string) error {
	if err := keyring.Set(keyringService, account, token); err != nil {
		return fmt.Errorf("keep the sign-in in the keyring: %w", err)
	}
	return nil
}

// LoadToken returns an account's token, "" where none is kept.
func LoadToken(account string) (string, error) {
	token, err := keyring.Get(keyringService, account)
	if errors.Is(err, keyring.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read the sign-in from the keyring: %w", err)
	}
	return token, nil
}

// DropToken forgets an account's token. None there is fine.
func DropToken(account string) error {
	if err := keyring.Delete(keyringService, account); err != nil && !errors.Is(err, keyring.ErrNotFound) {
		return fmt.Errorf("remove the sign-in from the keyring: %w", err)
	}
	return nil
}
