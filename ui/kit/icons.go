package kit

import (
	"fyne.io/fyne/v2"
	ftheme "fyne.io/fyne/v2/theme"
)

const globe = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path fill="#000000" d="M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm6.9 6h-2.9a15.700 15.700 0 0 0-1.400-3.600A8 8 0 0 1 18.900 8zM12 4c.8 1.200 1.500 2.500 1.900 4h-3.800c.4-1.500 1.100-2.800 1.900-4zM4.300 14a8 8 0 0 1 0-4h3.400a16.500 16.500 0 0 0 0 4zm.8 2h3c.3 1.250.8 2.450 1.400 3.600A8 8 0 0 1 5.100 16zm3-8h-3a8 8 0 0 1 4.400-3.600A15.700 15.700 0 0 0 8.100 8zM12 20a14 14 0 0 1-1.900-4h3.800c-.4 1.500-1.100 2.800-1.900 4zm2.300-6H9.700a14.700 14.700 0 0 1 0-4h4.700a14.600 14.600 0 0 1 0 4zm.3 5.600c.6-1.100 1.100-2.300 1.400-3.600h2.900a8 8 0 0 1-4.300 3.600zm1.800-5.600a16.500 16.500 0 0 0 0-4h3.400a8 8 0 0 1 0 4z"/></svg>`

// GlobeIcon stands for languages; the toolkit's family has none.
func GlobeIcon() fyne.Resource {
	return ftheme.NewThemedResource(fyne.NewStaticResource("globe.svg", []byte(globe)))
}
